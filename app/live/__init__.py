"""Live views: what a network does while it trains, drawn from the feed.

    panel        the live views below the canvas: which cards are shown, what they watch, selection both ways
    header       its tabs, step, pages and menu
    card_row     cards side by side, the rest a page further
    card         the ground of every card: title, subject, saving, expanding
    painted      the grounds of its body: painted whole, or two halves side by side
    sight        what a card looks at: the feed with a selection, and which layer or output that makes its subject

    curves, gradients, run_comparison                   lines over epochs
    figures                                             what else nodes tell: errors, shares
    histogram, activation_histogram, weight_histogram   forty bars over epoch 0
    weight_images, reconstruction, predictions          pictures, tiles and rows of samples (picture_rows)
    weight_picture, unit_view, unit_activity            tiles of weights, to be sorted and picked; one unit large; all against ρ
    code_table                                          the codes of a few samples beside their bits
    neighbours                                          samples with nearly the same word of bits
    free_energy, samples                                how likely a Boltzmann machine finds samples; what is drawn by chance
    draw_and_see                                        what the network makes of a picture that is drawn by hand
    decision_map, layer_profile                         a map of a two-dimensional input; layers side by side
    gradient_flow, verdict_strip                        gradient against depth; a verdict in words with its remedies

    fitted_curve, target_scatter, points                a curve through its samples; predictions over targets; marks
    confusion                                           which classes are taken for which

    codes        codes in the plane, walked, decoded; fields, tangents, linear probes
    terrain      test surfaces with the optimisers' paths; the loss around the present weights
    several      several runs at once: curves as a bundle, ends as a strip, small pictures
    drawing      pads on which data are painted, and the pen
    data         the data of a node in a window of its own, without training

    plot, lines  the styled plot widget and its lines; hover, end_labels and moments (stages, best, stop) are its details
    scales, thinning, contours, tiles, colormaps, numbers   arithmetic of axes, lines, boundaries, tiles, colours, words
    export       PNG and CSV
"""
